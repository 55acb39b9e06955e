/** Runs `sql` with each list of `rows`, in one transaction. */
export function fill(db, sql, rows) {
  const insert = db.prepare(sql);
  db.exec('BEGIN');
  for (const row of rows) insert.run(...row);
  db.exec('COMMIT');
}
