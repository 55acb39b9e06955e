import { finish, say } from '../transcript.ts';
import { cache } from './cache.ts';

say('set', await cache.set('a', { text: 'ä', list: [1, null] }));
say('get', await cache.get('a'));
await cache.set('b', 'soon', 3_600_000);
say('many', await cache.getMany(['a', 'b', 'nobody']));
say('has', [await cache.has('b'), await cache.has('nobody')]);
say('delete', [await cache.delete('b'), await cache.delete('b')]);
const entries: unknown[] = [];
for await (const entry of cache.iterator?.(undefined) ?? []) entries.push(entry);
say('iterator', entries);
await cache.clear();
say('clear', await cache.get('a'));
await cache.disconnect();
finish();
