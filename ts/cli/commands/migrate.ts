/** `ferrolite migrate` */
import type { MigrationProgress } from 'ferrolite/migrate';
import { existsSync } from 'node:fs';
import { nearestTo } from '../args';
import { defineCommand, UsageError, type Context } from '../command';
import { locate, migrations } from '../database';
import { actions, countOf, type Action } from '../migrate/actions';
import { fleetStatus, migrateFleet } from '../migrate/fleet';
import { checkGiven, migratorOptions, options } from '../migrate/options';

const names = Object.keys(actions);
const LABELS = { rehearse: 'try', backup: 'copy', up: 'migrate', down: 'undo' } as const;

export const command = defineCommand({
  description: [
    'Applies the migrations of a folder, each in a transaction, once everything has succeeded on a copy; refuses what would lose rows. Reads the folders of Drizzle, Prisma, dbmate, goose, golang-migrate, sqlx and Flyway, and takes their tables over.',
    'Actions: status, plan (what would be done: changes of the schema, rows before and after, warnings), up, down [count], to <version>, baseline [version], verify, repair, hand-back, new <name>. Only up and to create the database.',
    'The status is 1 when status --check, plan or verify has found something, or another process held a lock; 2 when a migration was refused or has failed. Ctrl-C ends a migration at once, which leaves nothing of it.',
  ],
  positionals: [
    {
      name: 'action',
      description: `${names.slice(0, -1).join(', ')} or ${names.at(-1)}.`,
      required: true,
      words: names,
    },
    { name: 'argument', description: 'A version, a count or a name, as the action takes it.' },
  ],
  options,
  examples: [
    ['ferrolite migrate plan --db app.db', 'What up would do, tried on a copy.'],
    ['ferrolite migrate up --db app.db --backup', 'With a way back.'],
    ['ferrolite migrate status --db app.db --check', 'In a pipeline: by the exit status.'],
    [
      'ferrolite migrate to 20250101 --db app.db --dir db/migrations',
      'Forth or back to a version; 0 undoes all.',
    ],
    ['ferrolite migrate new "add cities"', 'An empty file, named as the others are.'],
    ['ferrolite migrate up --fleet data/tenants --max-failures 5', 'All databases of a folder.'],
    ['ferrolite migrate to 20250101 --fleet data/tenants', 'All of them forth or back to a version.'],
  ],
  async run(context) {
    const { values, positionals, output, progress } = context;
    const [name = '', argument] = positionals;
    const action = actionFor(name, argument);
    checkGiven(name, values, action.options);
    const { Migrator } = migrations();
    const { dir = 'migrations', fleet } = values;
    if (fleet !== undefined) {
      if (name === 'status') return fleetStatus(fleet, dir, context);
      const what = name === 'down' ? { down: countOf(argument) } : name === 'to' ? { to: argument! } : {};
      return migrateFleet(fleet, dir, context, what);
    }
    const located = name === 'new' ? { name: 'new.db', path: '' } : locate(values.db);
    if (action.needsFile === true && !existsSync(located.path)) {
      throw new UsageError(`There is no file ${located.path}`);
    }
    const migrator = new Migrator(located.name, dir, {
      ...migratorOptions(values),
      signal: context.cancelling.signal,
      onProgress: progressOf(context),
    });
    const clear = (): void => progress.clear();
    return action.run({ migrator, path: located.path, values, argument, output, clear });
  },
});

function actionFor(name: string, argument: string | undefined): Action {
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (action === undefined) {
    const nearest = nearestTo(name, names);
    const hint = nearest === undefined ? '' : `. Is it ${nearest}?`;
    throw new UsageError(`<action> is one of ${names.join(', ')}, not "${name}"${hint}`);
  }
  if (action.isRequired === true && argument === undefined) {
    throw new UsageError(`migrate ${name} needs a ${action.argument}`);
  }
  if (action.argument === undefined && argument !== undefined) {
    throw new UsageError(`"${argument}" is one argument too many`);
  }
  return action;
}

function progressOf({ progress, cancelling }: Context): (step: MigrationProgress) => void {
  const started = performance.now();
  return ({ stage, name, done, total }) => {
    // SQL has this thread from here on. A process that ends leaves nothing of a migration.
    cancelling.leaveToSystem();
    progress.show(LABELS[stage], {
      done,
      total,
      unit: 'migrations',
      object: name,
      elapsedMs: performance.now() - started,
      isBlocking: true,
    });
  };
}
