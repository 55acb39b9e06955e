// Bugs of the decoder, which its fuzzer must find.

/** @type {readonly import('../planted-bugs.mjs').Bug[]} */
export const bugs = [
  {
    name: 'the tags of the two strings are mixed up',
    file: 'ts/batch/decode.ts',
    from: 'case TAG_WIDE_TEXT: {\n        const start = low >>> LENGTH_BITS;\n        return twoByte',
    to: 'case TAG_WIDE_TEXT: {\n        const start = low >>> LENGTH_BITS;\n        return oneByte',
  },
  {
    name: 'the mask of lengths has one bit too few',
    file: 'ts/batch/decode.ts',
    from: 'const LENGTH_MASK = 2 ** LENGTH_BITS - 1;',
    to: 'const LENGTH_MASK = 2 ** (LENGTH_BITS - 1) - 1;',
  },
  {
    name: 'wide integers are counted from the header',
    file: 'ts/batch/decode.ts',
    from: 'return integers[HEADER_SLOTS + words[at]!];',
    to: 'return integers[words[at]!];',
  },
  {
    name: 'blobs share the memory of the batch',
    file: 'ts/batch/decode.ts',
    from: 'return slice(blobs, start, start + (low & LENGTH_MASK));',
    to: 'return blobs.subarray(start, start + (low & LENGTH_MASK));',
  },
  {
    name: 'extras are counted from the two strings',
    file: 'ts/batch/decode.ts',
    from: 'return extras[FIRST_EXTRA + low];',
    to: 'return extras[low];',
  },
  {
    name: 'rows replace those that were there',
    file: 'ts/batch/shape.ts',
    from: 'for (let row = rows.length; at < end;',
    to: 'for (let row = 0; at < end;',
  },
  {
    name: 'code for numbers is used for bigints',
    file: 'ts/batch/decode.ts',
    from: 'const compiled = safeIntegers ? shape.bigints : shape.numbers;',
    to: 'const compiled = shape.numbers ?? shape.bigints;',
  },
  {
    name: '__proto__ is set in place of defined',
    file: 'ts/batch/shape.ts',
    from: `key === '"__proto__"' ? \`[\${key}]\` : key`,
    to: 'key',
  },
  {
    name: 'later shapes have constructors that name only their first column',
    file: 'ts/batch/shape.ts',
    from: 'assignments.join',
    to: 'assignments.slice(0, 1).join',
  },
  {
    name: 'a runtime that makes no code from strings is not heard',
    file: 'ts/batch/shape.ts',
    from: 'if (!(error instanceof EvalError)) throw error;',
    to: 'throw error;',
  },
];
