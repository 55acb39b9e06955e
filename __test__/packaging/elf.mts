/** Reads the dynamic symbols of a 64-bit little-endian ELF file: https://refspecs.linuxfoundation.org/elf/ */

export interface DynamicSymbols {
  /** Names that other libraries of the process can bind to. */
  readonly exported: string[];
  /** Names that this library expects from others. */
  readonly imported: string[];
}

const SHT_DYNSYM = 11;
const SHN_UNDEF = 0;
const SYMBOL_BYTES = 24;

interface Section {
  readonly type: number;
  readonly offset: number;
  readonly size: number;
  /** For a symbol table: the number of the section with its names. */
  readonly link: number;
}

function u64(file: Buffer, offset: number): number {
  return Number(file.readBigUInt64LE(offset));
}

function readSections(file: Buffer): Section[] {
  const [table, entryBytes, count] = [u64(file, 0x28), file.readUInt16LE(0x3a), file.readUInt16LE(0x3c)];
  return Array.from({ length: count }, (_, index) => {
    const at = table + index * entryBytes;
    return {
      type: file.readUInt32LE(at + 4),
      offset: u64(file, at + 0x18),
      size: u64(file, at + 0x20),
      link: file.readUInt32LE(at + 0x28),
    };
  });
}

export function dynamicSymbols(file: Buffer): DynamicSymbols {
  const isElf64 = file.readUInt32BE(0) === 0x7f454c46 && file[4] === 2 && file[5] === 1;
  if (!isElf64) throw new TypeError('not a 64-bit little-endian ELF file');
  const sections = readSections(file);
  const table = sections.find((section) => section.type === SHT_DYNSYM);
  const names = sections[table?.link ?? -1];
  if (table === undefined || names === undefined) throw new TypeError('no dynamic symbol table');

  const symbols: DynamicSymbols = { exported: [], imported: [] };
  // The first entry of the table is empty by definition.
  for (let at = table.offset + SYMBOL_BYTES; at < table.offset + table.size; at += SYMBOL_BYTES) {
    const start = names.offset + file.readUInt32LE(at);
    const name = file.toString('latin1', start, file.indexOf(0, start));
    const isImported = file.readUInt16LE(at + 6) === SHN_UNDEF;
    symbols[isImported ? 'imported' : 'exported'].push(name);
  }
  return symbols;
}
