/** `db.serialize()`. */
import { attachedOption } from './attached';
import type { Connection } from './connection';

/** As it is when this module loads: the addon writes into what it makes, which nobody else may have. */
const { allocUnsafeSlow } = Buffer;

/** The image of a schema. */
export function serialize(connection: Connection, given: unknown): Buffer {
  const options = given ?? {};
  if (typeof options !== 'object') throw new TypeError('Expected first argument to be an options object');
  const schema = attachedOption(options);
  connection.requireOpen();
  connection.requireNoIterators();
  const { channel, number } = connection;
  // The first round asks for the size. Another connection may change it before the next.
  for (let size = 0; ;) {
    const image = allocate(size);
    size = channel.native.serialize(number, schema, image);
    if (size < 0) throw channel.takeError();
    if (size === image.length) return image;
  }
}

function allocate(size: number): Buffer {
  try {
    return allocUnsafeSlow(size);
  } catch (cause) {
    throw new Error('Out of memory', { cause });
  }
}
