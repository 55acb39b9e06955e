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
export function rounded(value) {
  if (typeof value === 'number') return Number(value.toPrecision(4));
  if (Array.isArray(value)) return value.map(rounded);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, rounded(inner)]));
}

/** Per process the cost of every round in whole µs, a list by driver and clock. */
function roundsOf({ trial, number, unitsPerSlot, rounds }) {
  const drivers = Object.keys(rounds[0]);
  const list = (driver, clock) => rounds.map((slots) => Math.round(slots[driver][clock] / NS_PER_US));
  const by = (clock) => Object.fromEntries(drivers.map((driver) => [driver, list(driver, clock)]));
  return { trial, number, unitsPerSlot, cpuUs: by('cpuNs'), wallUs: by('wallNs') };
}

/** A result as the text of its file: facts, and lists with one object per line, so that a difference can be read. */
export function resultText(facts, lists) {
  const entries = (list) => list.map((entry) => JSON.stringify(entry)).join(',\n');
  const parts = Object.entries(lists).map(([name, list]) => `  "${name}": [\n${entries(list)}\n]`);
  return `${JSON.stringify(facts, undefined, 2).slice(0, -2)},\n${parts.join(',\n')}\n}`;
}

/** A comparison: facts, summaries, and the rounds where they fit. */
export function comparisonText({ summaries, parts, ...facts }) {
  const lists = { summaries: summaries.map(rounded) };
  const text = resultText(facts, { ...lists, rounds: parts.map(roundsOf) });
  return text.length <= MAX_BYTES ? text : resultText(facts, lists);
}
