// Bugs on the way of a row from SQLite's registers into a batch, which the reader's fuzzer must find.

/** @type {readonly import('../planted-bugs.mjs').Bug[]} */
export const bugs = [
  {
    name: 'a text is read as it is stored, whatever its encoding',
    file: 'csrc/engine.c',
    from: 'if( pMem->enc==SQLITE_UTF8 && (f & MEM_Zero)==0 ){',
    to: 'if( (f & MEM_Zero)==0 ){',
  },
  {
    name: 'the length of a UTF-16 text is asked before its pointer',
    file: 'csrc/engine.c',
    from:
      'pValue->value.bytes = sqlite3_value_text((sqlite3_value*)pMem);\n' +
      '        if( pValue->value.bytes==0 ) return -1;\n' +
      '        pValue->size = sqlite3_value_bytes((sqlite3_value*)pMem);',
    to:
      'pValue->size = pMem->n;\n' +
      '        pValue->value.bytes = sqlite3_value_text((sqlite3_value*)pMem);\n' +
      '        if( pValue->value.bytes==0 ) return -1;',
  },
  {
    name: 'a blob of zeros is not expanded',
    file: 'csrc/engine.c',
    from: 'if( f & MEM_Zero ){\n        /* zeroblob(N)',
    to: 'if( f & MEM_Agg ){\n        /* zeroblob(N)',
  },
  {
    name: 'a REAL that SQLite keeps as an integer is read as it is kept',
    file: 'csrc/engine.c',
    from: 'r = (double)pMem->u.i;',
    to: 'r = pMem->u.r;',
  },
  {
    name: 'integers of 33 bits count as small',
    file: 'csrc/engine.c',
    from: 'if( v==(int)v ){',
    to: 'if( (v>>1)==(int)(v>>1) ){',
  },
  {
    name: 'texts are put into a batch that are longer than a place takes',
    file: 'src/batch/encode.rs',
    from: 'if utf8.len() > self.longest || self.size()',
    to: 'if utf8.len() > 4 * self.longest || self.size()',
  },
  {
    name: 'characters of Latin-1 reach up to U+013F',
    file: 'src/batch/encode.rs',
    from: 'text.bytes().all(|byte| byte < 0xC4)',
    to: 'text.bytes().all(|byte| byte < 0xC5)',
  },
  {
    name: 'the length of a two-byte text counts bytes',
    file: 'src/batch/encode.rs',
    from: 'placed(TAG_WIDE_TEXT, start, self.two_byte.len() - start)',
    to: 'placed(TAG_WIDE_TEXT, start, text.len())',
  },
  {
    name: 'the index of a wide integer is one too high',
    file: 'src/batch/encode.rs',
    from: 'tagged(TAG_INT64, count(self.first_wide))',
    to: 'tagged(TAG_INT64, count(self.first_wide + 1))',
  },
  {
    name: 'a row begins although its wide integers have no room',
    file: 'src/batch/encode.rs',
    from: 'self.first_wide - self.next_cell >= 2 * columns',
    to: 'self.first_wide - self.next_cell >= columns',
  },
];
