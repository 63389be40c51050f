// Whether this process has started and may be given work: one state, shown by the admin server and by gRPC health.

/** `starting` → `ready` → `draining`. Only forwards. */
export type HealthPhase = "starting" | "ready" | "draining";

/** How one named check went. */
export interface CheckResult {
  readonly name: string;
  readonly ok: boolean;
  /** Whether the process is not ready while it fails. */
  readonly required: boolean;
  /** Why not, for operators: a short fixed text or the error's type, never a driver's message. */
  readonly problem?: string;
  readonly facts?: Readonly<Record<string, number>>;
}

/** The state of a process at one moment. */
export interface HealthReport {
  readonly phase: HealthPhase;
  /** Ready phase and no required check failing. */
  readonly ready: boolean;
  readonly checks: readonly CheckResult[];
}

/** A named check: resolves (with numbers worth showing, if any) when all is well, throws when not. */
export interface HealthCheck {
  readonly name: string;
  /** False: it is reported, but the process stays ready while it fails. Default true. */
  readonly required?: boolean;
  run(signal: AbortSignal): Promise<Readonly<Record<string, number>> | undefined>;
}

/** The health of a process. */
export interface Health {
  readonly phase: HealthPhase;
  /** The start is done. Does nothing when draining already. */
  markReady(): void;
  /** No new work from now on: readiness is false for ever. */
  drain(): void;
  /** Throws if the name is taken. */
  addCheck(check: HealthCheck): void;
  /** Runs all checks at once, each at most one second; calls within a second of each other share one run. */
  report(): Promise<HealthReport>;
  /** Calls `listener` whenever readiness changes, as far as phases and reports tell. Answers how to stop. */
  onChange(listener: (ready: boolean) => void): () => void;
}

const checkMillis = 1000;
const shareMillis = 1000;

/** Creates the health of a process, in phase `starting`. */
export function createHealth(): Health {
  const checks = new Map<string, HealthCheck>();
  const listeners = new Set<(ready: boolean) => void>();
  let phase: HealthPhase = "starting";
  let announced = false;
  let latest: { readonly at: number; readonly results: Promise<readonly CheckResult[]> } | undefined;

  const announce = (ready: boolean): void => {
    if (ready === announced) return;
    announced = ready;
    for (const listener of listeners) listener(ready);
  };
  return {
    get phase() {
      return phase;
    },
    markReady() {
      if (phase !== "starting") return;
      phase = "ready";
      announce(true);
    },
    drain() {
      phase = "draining";
      announce(false);
    },
    addCheck(check) {
      if (checks.has(check.name)) throw new Error(`the health check "${check.name}" is there already`);
      checks.set(check.name, check);
      latest = undefined;
    },
    async report() {
      if (latest === undefined || performance.now() - latest.at >= shareMillis)
        latest = { at: performance.now(), results: Promise.all([...checks.values()].map(resultOf)) };
      const results = await latest.results;
      const ready = phase === "ready" && results.every((result) => result.ok || !result.required);
      announce(ready);
      return { phase, ready, checks: results };
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

async function resultOf(check: HealthCheck): Promise<CheckResult> {
  const required = check.required ?? true;
  const name = check.name;
  const timeout = AbortSignal.timeout(checkMillis);
  try {
    const facts = await Promise.race([check.run(timeout), rejectWhen(timeout)]);
    return { name, ok: true, required, ...(facts === undefined ? {} : { facts }) };
  } catch (error) {
    const problem = timeout.aborted ? `no answer within ${checkMillis} ms` : errorName(error);
    return { name, ok: false, required, problem };
  }
}

function rejectWhen(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

/** An application error's reason, else the error's type: names only, so that no message of a driver is shown. */
function errorName(error: unknown): string {
  if (!(error instanceof Error)) return "failed";
  const reason: unknown = Reflect.get(error, "reason");
  return typeof reason === "string" ? reason : error.name;
}
