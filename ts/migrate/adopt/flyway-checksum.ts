/** What Flyway keeps of a file, to find out whether it was changed. */

const TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xed_b8_83_20 : value >>> 1;
  return value;
});

/**
 * The CRC-32 of the lines of a file, one after another without their ends, as a signed number of 32 bits.
 *
 * Not `zlib.crc32`, which Node.js 20.0 has not.
 */
export function flywayChecksum(bytes: Uint8Array): number {
  // Decoded and encoded again, as Flyway does: what is no UTF-8 becomes U+FFFD. The byte order mark goes.
  const text = new TextDecoder().decode(bytes);
  let crc = -1;
  for (const byte of Buffer.from(text.replaceAll(/[\r\n]/g, ''))) {
    crc = (crc >>> 8) ^ TABLE[(crc ^ byte) & 0xff]!;
  }
  return ~crc;
}
