// PostgreSQL's text form of arrays, both ways: `{1,NULL,"a b"}`.

/** The elements of an array's text; nested arrays stay nested. */
export function arrayFromText(text: string, decode: (element: string) => unknown): unknown[] {
  // An array whose lower bound is not 1 is printed with its bounds in front: [0:1]={1,2}.
  const start = text.indexOf("{");
  return new ArrayReader(text, start, decode).read();
}

class ArrayReader {
  readonly #text: string;
  readonly #decode: (element: string) => unknown;
  #at: number;

  constructor(text: string, at: number, decode: (element: string) => unknown) {
    this.#text = text;
    this.#at = at;
    this.#decode = decode;
  }

  read(): unknown[] {
    const elements: unknown[] = [];
    this.#at++;
    while (this.#text[this.#at] !== "}") {
      elements.push(this.#element());
      if (this.#text[this.#at] === ",") this.#at++;
    }
    this.#at++;
    return elements;
  }

  #element(): unknown {
    const first = this.#text[this.#at];
    if (first === "{") return this.read();
    if (first === '"') return this.#decode(this.#quoted());
    const from = this.#at;
    while (this.#text[this.#at] !== "," && this.#text[this.#at] !== "}") this.#at++;
    const raw = this.#text.slice(from, this.#at);
    return raw === "NULL" ? null : this.#decode(raw);
  }

  #quoted(): string {
    let value = "";
    for (this.#at++; this.#text[this.#at] !== '"'; this.#at++) {
      if (this.#text[this.#at] === "\\") this.#at++;
      value += this.#text[this.#at];
    }
    this.#at++;
    return value;
  }
}

/** The text of an array of elements that are texts already, null or arrays themselves. */
export function textFromArray(elements: readonly unknown[], encode: (element: unknown) => string | null): string {
  const parts = elements.map((element) => {
    if (Array.isArray(element)) return textFromArray(element, encode);
    const text = encode(element);
    return text === null ? "NULL" : `"${text.replace(/["\\]/g, "\\$&")}"`;
  });
  return `{${parts.join(",")}}`;
}
