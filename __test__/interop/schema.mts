/** A database with something of everything, freed pages among them. */
export const SCHEMA = `
  CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT, bytes BLOB);
  CREATE INDEX by_text ON t (text);
  CREATE VIRTUAL TABLE words USING fts5 (word);
  INSERT INTO words VALUES ('hello world');
  WITH RECURSIVE c (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM c LIMIT 2000)
    INSERT INTO t SELECT n, 'grüße ' || n, zeroblob(n) FROM c;
  DELETE FROM t WHERE id % 3 = 0;
`;
