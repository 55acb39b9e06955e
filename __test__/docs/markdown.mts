/** Reads what the tests of the documentation need from Markdown: code blocks, tables, the comment before each. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const projectRoot = fileURLToPath(new URL('../..', import.meta.url));

/** README.md and every page under docs/, as paths from the root. */
export function pages(): string[] {
  const inDocs = readdirSync(join(projectRoot, 'docs'), { recursive: true, encoding: 'utf8' });
  const texts = inDocs.filter((name) => name.endsWith('.md')).map((name) => join('docs', name));
  return ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', ...texts].toSorted();
}

export function readPage(page: string): string {
  return readFileSync(join(projectRoot, page), 'utf8');
}

export interface CodeBlock {
  readonly page: string;
  /** Of the opening fence, from 1. */
  readonly line: number;
  /** The word behind the fence; empty when there is none. */
  readonly language: string;
  readonly code: string;
  /** The text of an HTML comment on the last line of text before the block. */
  readonly mark: string | undefined;
}

/** The fenced code blocks of a page. Fences may be indented, as in a list. */
export function codeBlocks(page: string, text = readPage(page)): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  const lines = text.split('\n');
  for (let at = 0; at < lines.length; at += 1) {
    const open = /^(\s*)(`{3,}|~{3,})\s*(\S*)/.exec(lines[at] ?? '');
    if (open === null) continue;
    const [, indent = '', fence = '', language = ''] = open;
    const end = lines.findIndex((line, index) => index > at && line.trim() === fence);
    if (end < 0) throw new Error(`${page}:${at + 1}: the code block has no end`);
    const body = lines
      .slice(at + 1, end)
      .map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line));
    blocks.push({ page, line: at + 1, language, code: `${body.join('\n')}\n`, mark: markBefore(lines, at) });
    at = end;
  }
  return blocks;
}

function markBefore(lines: readonly string[], at: number): string | undefined {
  const before = lines.slice(0, at).findLast((line) => line.trim() !== '');
  return /^\s*<!--\s*(.*?)\s*-->\s*$/.exec(before ?? '')?.[1];
}

export interface Table {
  readonly head: string[];
  /** Cells, left to right. */
  readonly rows: string[][];
  readonly mark: string | undefined;
}

/** The tables of a page. */
export function tables(text: string): Table[] {
  const lines = text.split('\n');
  const found: Table[] = [];
  for (let at = 1; at < lines.length; at += 1) {
    if (!/^\|[-:| ]+\|$/.test(lines[at] ?? '')) continue;
    const head = cellsOf(lines[at - 1] ?? '');
    const end = lines.findIndex((line, index) => index > at && !line.startsWith('|'));
    const rows = lines.slice(at + 1, end < 0 ? undefined : end).map(cellsOf);
    found.push({ head, rows, mark: markBefore(lines, at - 1) });
  }
  return found;
}

function cellsOf(line: string): string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
}

/** What stands between backticks in a text. */
export function quoted(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '');
}
