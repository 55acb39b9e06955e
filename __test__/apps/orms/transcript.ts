/** What a program answers, written as JSON so that two drivers can be compared letter by letter. */
type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

const transcript: Json[] = [];

/** Past what a double holds: 2^53 + 1. */
export const BIG = 9_007_199_254_740_993n;
export const BYTES: Uint8Array = Uint8Array.of(0, 255, 1, 128);

function bytesOf(value: object): Uint8Array | undefined {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  return ArrayBuffer.isView(value)
    ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
    : undefined;
}

/** An error as a user tells it from others: its class, its code, its text and where it came from. */
function errorOf(error: Error, depth: number): Json {
  const { code, meta, cause, driverError, nativeError } = error as Error & Record<string, unknown>;
  const seen = { code, meta, cause, driverError, nativeError };
  const details = Object.entries(seen).filter(([, value]) => value !== undefined && value !== error);
  return {
    error: error.constructor.name,
    name: error.name,
    message: error.message,
    ...Object.fromEntries(details.map(([key, value]) => [key, plain(value, depth + 1)])),
  };
}

function plain(value: unknown, depth = 0): Json {
  if (depth > 8) return '…';
  if (typeof value === 'bigint') return { bigint: String(value) };
  if (value === undefined) return { undefined: true };
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : { number: String(value) };
  if (typeof value !== 'object') return { type: typeof value };
  if (value instanceof Error) return errorOf(value, depth);
  if (value instanceof Date) return { date: value.toISOString() };
  const bytes = bytesOf(value);
  if (bytes !== undefined) return { bytes: Buffer.from(bytes).toString('hex'), as: value.constructor.name };
  if (Array.isArray(value)) return value.map((item) => plain(item, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item, depth + 1)]));
}

/** Notes what a step answered. */
export function say(step: string, value: unknown): void {
  transcript.push({ step, value: plain(value) });
}

/** Notes the error that a step ends with; a step without one is noted as such. */
export async function fails(step: string, act: () => unknown): Promise<void> {
  try {
    say(step, { succeeded: await act() });
  } catch (error) {
    say(step, error);
  }
}

/** The text is the last that a program writes. */
export function finish(): void {
  console.log(JSON.stringify(transcript, undefined, 1));
}
