// The committed results: docs/results/*.json. What `--publish` writes, and docs/performance.md shows.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../paths.mjs';

const FOLDER = path.join(root, 'docs', 'results');
/** A file with more than this is not reviewed by anybody. */
const MAX_BYTES = 300_000;

const NS_PER_US = 1000;

const fileOf = (name) => path.join(FOLDER, `${name}.json`);

/** The result of that name, or undefined where none is committed. */
export function readResult(name) {
  const file = fileOf(name);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

export function writeResult(name, text) {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(fileOf(name), `${text}\n`);
  return path.relative(root, fileOf(name));
}

/** Four digits: more than the spread of any figure leaves meaningful. */
function rounded(value) {
  if (typeof value === 'number') return Number(value.toPrecision(4));
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, rounded(inner)]));
}

/** Per process the cost of every round in whole µs, a list by driver and clock. */
function roundsOf({ trial, number, unitsPerSlot, rounds }) {
  const drivers = Object.keys(rounds[0]);
  const list = (driver, clock) => rounds.map((slots) => Math.round(slots[driver][clock] / NS_PER_US));
  const by = (clock) => Object.fromEntries(drivers.map((driver) => [driver, list(driver, clock)]));
  return { trial, number, unitsPerSlot, cpuUs: by('cpuNs'), wallUs: by('wallNs') };
}

/** One object per line, so that a difference can be read. */
const lines = (list) => `[\n${list.map((entry) => JSON.stringify(entry)).join(',\n')}\n]`;

/** A comparison as the text of its file: facts, summaries, and the rounds where they fit. */
export function comparisonText({ summaries, parts, ...facts }) {
  const head = JSON.stringify(facts, undefined, 2).slice(0, -2);
  const short = `${head},\n  "summaries": ${lines(summaries.map(rounded))}`;
  const text = `${short},\n  "rounds": ${lines(parts.map(roundsOf))}\n}`;
  return text.length <= MAX_BYTES ? text : `${short}\n}`;
}
