// What must not compile, so that no type is any by accident.
import Database, { SqliteError } from 'better-sqlite3';

// @ts-expect-error a path is a string
new Database(true);
// @ts-expect-error there is no such option
new Database('app.db', { readOnly: true });
// @ts-expect-error timeout is a number
new Database('app.db', { timeout: '5000' });
// @ts-expect-error verbose is a function
new Database('app.db', { verbose: true });
// @ts-expect-error the namespace has no such type
type Nothing = Database.Nothing;
// @ts-expect-error the class is no type, its instances are Database.Database
type Instance = Database;

const db = new Database();
// @ts-expect-error there is no such property
db.nothing;
// @ts-expect-error SQL is text
db.prepare(1);
// @ts-expect-error a boolean
const name: boolean = db.name;
// @ts-expect-error unknown rows have no columns
db.prepare('SELECT 1 AS a').get()?.a;
// @ts-expect-error the answer of a pragma is unknown
const version: number = db.pragma('user_version');
// @ts-expect-error no such option
db.pragma('user_version', { plain: true });

const statement = db.prepare<[number, string], { a: number }>('SELECT 1 AS a');
// @ts-expect-error a parameter is missing
statement.get(1);
// @ts-expect-error a parameter too many
statement.get(1, 'x', 2);
// @ts-expect-error of the wrong type
statement.run('x', 1);
// @ts-expect-error the row may be missing
statement.get(1, 'x').a;
// @ts-expect-error rows have no such column
statement.all(1, 'x').map((row) => row.b);
// @ts-expect-error a toggle is a boolean
statement.pluck('yes');
const named = db.prepare<{ id: number }>('SELECT @id');
// @ts-expect-error the name is missing
named.run({});
declare const bare: Database.Statement<string>;
// @ts-expect-error its one parameter is missing
bare.get();
// @ts-expect-error a statement for other parameters
const other: Database.Statement<[string]> = statement;

const transaction = db.transaction((a: number) => a);
// @ts-expect-error of the wrong type
transaction('x');
// @ts-expect-error of the wrong type
transaction.immediate('x');
// @ts-expect-error there is no such kind
transaction.concurrent(1);
// @ts-expect-error a transaction is made of a function
db.transaction('BEGIN');

// @ts-expect-error an aggregate has a step
db.aggregate('none', { start: 0 });
// @ts-expect-error a function is missing
db.function('none');
// @ts-expect-error a table has columns
db.table('none', { *rows() {} });
// @ts-expect-error rows is a generator function
db.table('none', { columns: ['a'], rows: () => [[1]] });
// @ts-expect-error progress is a function
db.backup('b.db', { progress: 100 });
// @ts-expect-error a backup has a destination
db.backup();
// @ts-expect-error a promise
const metadata: Database.BackupMetadata = db.backup('b.db');
// @ts-expect-error bytes are no text
const text: string = db.serialize();
// @ts-expect-error an error has a code
new SqliteError('message');

export { metadata, name, other, text, version };
export type { Instance, Nothing };
