import { emptyCheckpoint } from '@langchain/langgraph-checkpoint';
import { SqliteSaver } from '@langchain/langgraph-checkpoint-sqlite';
import { BYTES, finish, say } from '../transcript.ts';

const saver = SqliteSaver.fromConnString('checkpoints.db');
const config = { configurable: { thread_id: 'thread', checkpoint_ns: '' } };
const fixed = (id: string): ReturnType<typeof emptyCheckpoint> => ({
  ...emptyCheckpoint(),
  id,
  ts: '2026-01-02T03:04:05Z',
});
const metadata = { source: 'loop' as const, step: 1, parents: {} };

let at = await saver.put(config, fixed('1'), metadata);
say('put', at);
at = await saver.put(at, { ...fixed('2'), channel_values: { answer: 42, bytes: BYTES } }, metadata);
await saver.putWrites(at, [['channel', { text: 'ä' }]], 'task');
const tuple = await saver.getTuple(config);
say('latest', [tuple?.checkpoint, tuple?.pendingWrites, tuple?.parentConfig]);
const listed: unknown[] = [];
for await (const { checkpoint } of saver.list(config)) listed.push(checkpoint.id);
say('list', listed);
await saver.deleteThread('thread');
say('deleted', await saver.getTuple(config));
finish();
