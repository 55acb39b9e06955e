import { getMigrations } from 'better-auth/db/migration';
import { fails, finish, say } from '../transcript.ts';
import { auth, sqlite } from './auth.ts';

const { runMigrations, toBeCreated } = await getMigrations(auth.options);
say('to be created', toBeCreated.map(({ table }) => table).toSorted());
await runMigrations();
say('to be created again', (await getMigrations(auth.options)).toBeCreated);

const body = { email: 'ada@example.com', password: 'correct horse battery', name: 'Ada' };
const { user } = await auth.api.signUpEmail({ body });
say('sign up', { email: user.email, verified: user.emailVerified });
const response = await auth.api.signInEmail({ body, asResponse: true });
const cookie = response.headers
  .getSetCookie()
  .map((line) => line.split(';')[0])
  .join('; ');
say('sign in', response.status);
const headers = new Headers({ cookie });
const session = await auth.api.getSession({ headers });
say('session', { email: session?.user.email, expires: session?.session.expiresAt instanceof Date });
await fails('wrong password', () => auth.api.signInEmail({ body: { ...body, password: 'wrong password' } }));
await fails('twice', () => auth.api.signUpEmail({ body }));
say('sign out', await auth.api.signOut({ headers }));
say('sessions left', (await auth.api.getSession({ headers })) === null);
const counts = sqlite.prepare(
  'SELECT (SELECT count(*) FROM user) AS users, (SELECT count(*) FROM account) AS accounts',
);
say('tables', counts.get());
sqlite.close();
finish();
