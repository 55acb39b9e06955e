// Reads what a little-endian ELF file asks of a system: https://refspecs.linuxfoundation.org/elf/

const SHT_SYMTAB = 2;
const SHT_DYNAMIC = 6;
const SHT_DYNSYM = 11;
const SHT_GNU_VERNEED = 0x6ffffffe;
const SHN_UNDEF = 0;
const DT_NEEDED = 1;

/** An ELF file of either width. */
class Elf {
  /** @param {Buffer} file */
  constructor(file) {
    const isElf = file.readUInt32BE(0) === 0x7f454c46 && file[5] === 1;
    if (!isElf) throw new TypeError('not a little-endian ELF file');
    this.file = file;
    this.is64 = file[4] === 2;
    this.sections = this.#sections();
  }

  /** A number as wide as an address. */
  word(offset) {
    return this.is64 ? Number(this.file.readBigUInt64LE(offset)) : this.file.readUInt32LE(offset);
  }

  text(names, at) {
    const start = names.offset + at;
    return this.file.toString('latin1', start, this.file.indexOf(0, start));
  }

  /** A section and the one with its names; undefined when the file has none of that type. */
  find(type) {
    const section = this.sections.find((candidate) => candidate.type === type);
    const names = this.sections[section?.link ?? -1];
    return section && names && { section, names };
  }

  #sections() {
    const [at, sizes, fields] = this.is64
      ? [0x28, 0x3a, { offset: 0x18, size: 0x20, link: 0x28 }]
      : [0x20, 0x2e, { offset: 0x10, size: 0x14, link: 0x18 }];
    const table = this.word(at);
    const [entryBytes, count] = [this.file.readUInt16LE(sizes), this.file.readUInt16LE(sizes + 2)];
    return Array.from({ length: count }, (_, index) => {
      const start = table + index * entryBytes;
      return {
        type: this.file.readUInt32LE(start + 4),
        offset: this.word(start + fields.offset),
        size: this.word(start + fields.size),
        link: this.file.readUInt32LE(start + fields.link),
      };
    });
  }
}

/**
 * The names that other libraries of the process can bind to, and those that this one expects from others.
 *
 * @param {Buffer} file
 * @returns {{ exported: string[], imported: string[] }}
 */
export function dynamicSymbols(file) {
  const elf = new Elf(file);
  const found = elf.find(SHT_DYNSYM);
  if (found === undefined) throw new TypeError('no dynamic symbol table');
  const { section, names } = found;
  const [bytes, place] = elf.is64 ? [24, 6] : [16, 14];
  const symbols = { exported: [], imported: [] };
  // The first entry of the table is empty by definition.
  for (let at = section.offset + bytes; at < section.offset + section.size; at += bytes) {
    const isImported = file.readUInt16LE(at + place) === SHN_UNDEF;
    symbols[isImported ? 'imported' : 'exported'].push(elf.text(names, file.readUInt32LE(at)));
  }
  return symbols;
}

/** The versions of symbols that other libraries must have, such as `GLIBC_2.14`, sorted. @param {Buffer} file */
export function neededVersions(file) {
  const elf = new Elf(file);
  const found = elf.find(SHT_GNU_VERNEED);
  if (found === undefined) return [];
  const versions = [];
  for (let library = found.section.offset, next = -1; next !== 0; library += next) {
    let at = library + file.readUInt32LE(library + 8);
    for (let count = file.readUInt16LE(library + 2); count > 0; count -= 1) {
      versions.push(elf.text(found.names, file.readUInt32LE(at + 8)));
      at += file.readUInt32LE(at + 12);
    }
    next = file.readUInt32LE(library + 12);
  }
  return [...new Set(versions)].toSorted();
}

/** The libraries that must be there, such as `libc.so.6`. @param {Buffer} file */
export function neededLibraries(file) {
  const elf = new Elf(file);
  const found = elf.find(SHT_DYNAMIC);
  if (found === undefined) return [];
  const width = elf.is64 ? 8 : 4;
  const names = [];
  for (let at = found.section.offset; at < found.section.offset + found.section.size; at += 2 * width) {
    if (elf.word(at) === DT_NEEDED) names.push(elf.text(found.names, elf.word(at + width)));
  }
  return names.toSorted();
}

/** The processor that a file is made for, as `process.arch` names it. @param {Buffer} file */
export function processorOf(file) {
  const machine = new Elf(file).file.readUInt16LE(18);
  const names = { 21: 'ppc64', 40: 'arm', 62: 'x64', 183: 'arm64', 243: 'riscv64' };
  return names[machine] ?? `machine ${machine}`;
}

/** Whether it has names for debuggers, which make a file larger that nobody debugs. @param {Buffer} file */
export function hasDebugSymbols(file) {
  return new Elf(file).find(SHT_SYMTAB) !== undefined;
}
