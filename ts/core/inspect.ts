/** What `util.inspect()` and the console show of a database. */

/** Named as users know the class, and without a custom inspection of its own. */
// oxlint-disable-next-line typescript/no-extraneous-class -- only its name is wanted
const Shown = class Database {};

/** The five properties and whatever users have added. A subclass shows as `Database` too. */
export function inspectable(database: object): object {
  return Object.assign(new Shown(), database);
}
