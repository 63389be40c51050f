// A text frame as bytes, in one piece: the library would write its head apart, which costs as much as the rest of it.

const finalText = 0x81;
const length16 = 126;
const length64 = 127;

/** An unmasked, whole frame (RFC 6455, 5.2), as servers send them where no extension is agreed on. */
export function textFrame(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const head = length < length16 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(head + length);
  frame[0] = finalText;
  if (head === 2) frame[1] = length;
  else if (head === 4) {
    frame[1] = length16;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = length64;
    frame.writeUInt32BE(0, 2);
    frame.writeUInt32BE(length, 6);
  }
  frame.write(text, head, "utf8");
  return frame;
}
