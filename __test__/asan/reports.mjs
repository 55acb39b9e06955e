// Reports of AddressSanitizer and its search for leaks: one file for each process that had one.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const NAME = 'report';
const ACCESS = 'ERROR: AddressSanitizer: ';
const LEAKS = 'ERROR: LeakSanitizer: ';

/** Frames of the addon: the file, or where names are known its sources. */
const OURS =
  /ferrolite\.[\w-]+\.node|\b(?:src\/(?:addon|batch|conn|ops|pool|sqlite)|csrc)\/|\bsqlite3\.c:|\/(?:rusqlite|napi)-\d/;
/** What napi-rs makes for each thread and never gives back, some 1 KB. The addon itself calls no such function. */
const NAPI_RS = /\bnapi_create_threadsafe_function\b/;
/**
 * What wakes JavaScript for a pool or a checkpointer, at the end of the process: to free it would call Node-API, which is
 * forbidden by then.
 */
const FORGOTTEN = /\d+boxedI\w*BoxNC\w*(?:open_pool|start_checkpointer)/;
/** What V8 allocates for itself while it makes an object that the addon has asked for, and leaves to the end of the process. */
const V8 = /^\s+#1 0x[\da-f]+ in v8::internal::/m;
/** With which tests compare, and which has no names. */
const THEIRS = /better-sqlite3\/(?:prebuilds|build)\//;

/** What the runtime needs to write its reports into `folder`. */
export function reportInto(folder, { library, leaks }) {
  const options = [
    `log_path=${join(folder, NAME)}`,
    // At the end of a process: memory that nobody has an address of.
    `detect_leaks=${leaks ? 1 : 0}`,
    // Memory that cannot be had is null, as without the sanitizer.
    'allocator_may_return_null=1',
  ];
  // A leak of Node's is no failure of a process that others wait for.
  if (leaks) options.push('exitcode=0');
  return { LD_PRELOAD: library, ASAN_OPTIONS: options.join(':') };
}

/** The texts in `folder`. Those that say that the runtime could not start are no reports: nothing ran. */
export function reportsIn(folder) {
  const names = readdirSync(folder).filter((name) => name.startsWith(`${NAME}.`));
  const texts = names.map((name) => readFileSync(join(folder, name), 'utf8'));
  return texts.filter((text) => text.includes(ACCESS) || text.includes(LEAKS));
}

/**
 * What of a report is about the addon: a wrong access, unless better-sqlite3 made it, and leaks of what the addon has
 * allocated or had allocated. Undefined if nothing is: Node and napi-rs leak a little.
 */
export function ourPartOf(report) {
  const [head = '', ...rest] = report.split(/\n\s*\n/);
  if (report.includes(ACCESS)) return THEIRS.test(head) && !OURS.test(head) ? undefined : report;
  const isOurLeak = (part) =>
    / leak of \d+ byte/.test(part) &&
    OURS.test(part) &&
    ![NAPI_RS, FORGOTTEN, V8].some((known) => known.test(part));
  const leaks = [head, ...rest].filter(isOurLeak);
  return leaks.length === 0 ? undefined : leaks.join('\n\n');
}
