// What check-layers needs to know of a TypeScript file: its imports and its code lines.

/**
 * Blanks comments, newlines stay. Strings and templates are copied, so that neither a quoted `//`
 * nor a specifier is lost; a slash is taken for a regular expression where a value cannot end.
 */
export function blankTsComments(source) {
  let out = '';
  let at = 0;
  while (at < source.length) {
    const two = source.slice(at, at + 2);
    let end = at + 1;
    if (two === '//') end = indexOrEnd(source, '\n', at);
    else if (two === '/*') end = indexOrEnd(source, '*/', at + 2) + 2;
    else if (`'"\``.includes(source[at])) end = endOfQuoted(source, at, source[at]);
    else if (source[at] === '/' && startsRegExp(out)) end = endOfRegExp(source, at);
    const piece = source.slice(at, end);
    out += two === '//' || two === '/*' ? piece.replace(/[^\n]/g, ' ') : piece;
    at = end;
  }
  return out;
}

function indexOrEnd(source, text, from) {
  const found = source.indexOf(text, from);
  return found < 0 ? source.length : found;
}

function endOfQuoted(source, start, quote) {
  for (let at = start + 1; at < source.length; at++) {
    if (source[at] === '\\') at++;
    else if (source[at] === quote) return at + 1;
    else if (source[at] === '\n' && quote !== '`') return at;
  }
  return source.length;
}

function startsRegExp(before) {
  const text = before.trimEnd();
  return text === '' || /[(,=:[!&|?{};+\-*%<>~^]$|\b(?:return|typeof|case|in|of)$/.test(text);
}

function endOfRegExp(source, start) {
  let inClass = false;
  for (let at = start + 1; at < source.length; at++) {
    if (source[at] === '\\') at++;
    else if (source[at] === '[') inClass = true;
    else if (source[at] === ']') inClass = false;
    else if (source[at] === '\n') return start + 1;
    else if (source[at] === '/' && !inClass) return at + 1;
  }
  return start + 1;
}

const IMPORTS = [
  // import … from 'x', export … from 'x'
  /\b(?:import|export)\b(?<clause>[^'"`;()=]*?)\bfrom\s*(['"])(?<from>[^'"]+)\2/g,
  // import 'x', and not a text that ends with the word
  /(?<!['"`/])\bimport\s*(['"])(?<from>[^'"]+)\1/g,
  // import('x'), require('x'), import x = require('x')
  /\b(?:import|require)\s*\(\s*(['"`])(?<from>[^'"`]+)\1/g,
];

/** @returns {{ specifier: string, typeOnly: boolean, index: number }[]} */
export function tsImports(code) {
  const found = [];
  for (const pattern of IMPORTS) {
    for (const match of code.matchAll(pattern)) {
      const { from, clause = '' } = match.groups;
      found.push({ specifier: from, typeOnly: isTypeOnly(clause), index: match.index });
    }
  }
  return found;
}

/** `type { A }`, `type A`, `* as`-less lists of `type A, type B`. */
function isTypeOnly(clause) {
  const text = clause.trim();
  if (/^type\s+(?!,|from\b)/.test(text)) return true;
  const names = /^\{(?<list>[^}]*)\}$/.exec(text)?.groups.list.split(',') ?? [];
  const given = names.map((name) => name.trim()).filter((name) => name !== '');
  return given.length > 0 && given.every((name) => name.startsWith('type '));
}

export function tsCodeLines(code) {
  return code.split('\n').filter((line) => line.trim() !== '').length;
}
