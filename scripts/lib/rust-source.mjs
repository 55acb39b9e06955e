// What check-layers needs to know of a Rust file, without a parser: its paths and its code lines.
//
// Comments, string and character literals are blanked first (same length, same lines), so that
// what is left can be read with simple patterns.

/** Blanks comments and literals; newlines stay. */
export function blankRust(source) {
  let out = '';
  let at = 0;
  const blankTo = (end) => {
    out += source.slice(at, end).replace(/[^\n]/g, ' ');
    at = end;
  };
  while (at < source.length) {
    const rest = source.slice(at, at + 64);
    const raw = /^(?:b|c)?r(#*)"/.exec(rest);
    const startsWord = !/\w/.test(source[at - 1] ?? ' ');
    if (rest.startsWith('//')) blankTo(endOf(source, '\n', at));
    else if (rest.startsWith('/*')) blankTo(endOfBlockComment(source, at));
    else if (raw && startsWord) blankTo(endOf(source, `"${raw[1]}`, at + raw[0].length, true));
    else if (rest.startsWith('"')) blankTo(endOfString(source, at));
    else {
      const char = /^'(?:\\(?:x[0-9a-fA-F]{2}|u\{[^}]*\}|.)|[^\\'])'/su.exec(rest);
      if (char) blankTo(at + char[0].length);
      else out += source[at++];
    }
  }
  return out;
}

function endOf(source, text, from, inclusive = false) {
  const found = source.indexOf(text, from);
  if (found < 0) return source.length;
  return inclusive ? found + text.length : found;
}

/** Rust's block comments nest. */
function endOfBlockComment(source, start) {
  let depth = 0;
  for (let at = start; at < source.length; at++) {
    const two = source.slice(at, at + 2);
    if (two !== '/*' && two !== '*/') continue;
    depth += two === '/*' ? 1 : -1;
    at++;
    if (depth === 0) return at + 1;
  }
  return source.length;
}

function endOfString(source, start) {
  for (let at = start + 1; at < source.length; at++) {
    if (source[at] === '\\') at++;
    else if (source[at] === '"') return at + 1;
  }
  return source.length;
}

/**
 * Every path in blanked code that starts with one of `heads`, groups expanded:
 * `use crate::{batch, sqlite::row}` gives `crate::batch` and `crate::sqlite::row`.
 *
 * @returns {{ segments: string[], line: number, depth: number }[]} `depth` is how many inline
 *   modules enclose the path, which is how many `super` stay inside the file.
 */
export function rustPaths(code, heads) {
  const found = [];
  const head = new RegExp(
    String.raw`(?<!\w|::|\.)\$?(?:::)?\b(${heads.join('|')})\b(?=\s*::|\s+as\b|\s*[;,}])`,
    'g',
  );
  const depthAt = inlineModuleDepth(code);
  for (const match of code.matchAll(head)) {
    const isPath = /^\s*::/.test(code.slice(match.index + match[0].length));
    // Without `::` a head is an import only inside a `use` declaration or `extern crate`.
    if (!isPath && !inUse(code, match.index)) continue;
    const line = lineOf(code, match.index);
    const tree = pathsFrom(code, match.index + match[0].length, [match[1]]);
    for (const segments of tree) found.push({ segments, line, depth: depthAt(match.index) });
  }
  return found;
}

/** Whether the statement that `index` stands in is a `use` or an `extern crate`. */
function inUse(code, index) {
  const statement = code.slice(
    Math.max(code.lastIndexOf(';', index - 1), code.lastIndexOf('}', index - 1)) + 1,
    index,
  );
  return /(?:^|[\s\])])(?:use|extern\s+crate)\s[^;]*$/.test(statement);
}

/** Reads `::a::{b, c::d}` after a path's head; returns the expanded segment lists. */
function pathsFrom(code, start, prefix) {
  let at = start;
  const segments = [...prefix];
  for (;;) {
    const separator = /^\s*::\s*/.exec(code.slice(at, at + 200));
    if (!separator) return [segments];
    at += separator[0].length;
    if (code[at] === '{') return groupFrom(code, at + 1, segments);
    const word = /^(?:r#)?(\w+|\*)/.exec(code.slice(at, at + 200));
    // `::<` of generic arguments, or the end of what can be read.
    if (!word) return [segments];
    segments.push(word[1]);
    at += word[0].length;
  }
}

function groupFrom(code, start, prefix) {
  const paths = [];
  let depth = 0;
  let expecting = true;
  for (let at = start; at < code.length; at++) {
    const char = code[at];
    if (char === '}' && depth === 0) break;
    if (char === '{') depth++;
    else if (char === '}') depth--;
    else if (char === ',' && depth === 0) expecting = true;
    else if (depth === 0 && expecting && /[\w*]/.test(char)) {
      const word = /^(?:r#)?(\w+|\*)/.exec(code.slice(at, at + 200));
      const own = word[1] === 'self' ? prefix : [...prefix, word[1]];
      paths.push(...pathsFrom(code, at + word[0].length, own));
      at += word[0].length - 1;
      expecting = false;
    }
  }
  return paths;
}

/** How many `mod name { … }` of this file enclose a position. */
function inlineModuleDepth(code) {
  const ranges = [];
  for (const match of code.matchAll(/\bmod\s+\w+\s*\{/g)) {
    ranges.push([match.index, closingBrace(code, match.index + match[0].length)]);
  }
  return (index) => ranges.filter(([start, end]) => start < index && index < end).length;
}

function closingBrace(code, start) {
  let depth = 1;
  for (let at = start; at < code.length; at++) {
    if (code[at] === '{') depth++;
    else if (code[at] === '}' && --depth === 0) return at;
  }
  return code.length;
}

export function lineOf(code, index) {
  return code.slice(0, index).split('\n').length;
}

/** Lines that hold code, without inline test modules. */
export function rustCodeLines(code) {
  let rest = code;
  for (;;) {
    const tests = /#\[cfg\(test\)\]\s*(?:#\[[^\]]*\]\s*)*(?:pub\s+)?mod\s+\w+\s*\{/.exec(rest);
    if (!tests) return rest.split('\n').filter((line) => line.trim() !== '').length;
    const end = closingBrace(rest, tests.index + tests[0].length);
    rest = rest.slice(0, tests.index) + rest.slice(end + 1);
  }
}
