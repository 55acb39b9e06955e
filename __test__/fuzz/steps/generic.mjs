// Any function of the package, on any receiver, with any arguments.
import { RULES } from '../model.mjs';

export function anyCall(world) {
  const { choose, values, surface } = world;
  const { label, target, kind, method, isConstructor } = choose.pick(surface);
  const args = Array.from({ length: choose.int(4) }, () => values.any());
  if (isConstructor && choose.chance(0.5)) {
    const other = function Other() {};
    const construct = choose.pick([target, other, values.proxy(other), class extends target {}]);
    world.invoke(`new ${label}`, target, undefined, args, { construct });
    return;
  }
  const receiver = values.any();
  const record = values.recordOf(receiver);
  if (record === undefined || record.kind !== kind || !Object.hasOwn(RULES[kind], method)) {
    world.invoke(label, target, receiver, args);
  } else if (method !== 'unsafeMode' || !record.isFile) {
    world.call(record, method, args, { receiver });
  }
}
