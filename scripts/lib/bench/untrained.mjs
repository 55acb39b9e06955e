// Work that the training of scripts/pgo leaves out, as trials like those of benches/js/trials: whether a profile makes
// slower what it does not know.
const times = (count, action) => {
  for (let number = 1; number <= count; number++) action(number);
};

/** A trial that reads all rows of a query. */
const query = (title, setUp, sql) => ({
  title,
  unit: 'query',
  unitsPerRun: 1,
  setUp,
  prepare(db) {
    const statement = db.prepare(sql).raw();
    return {
      run: (count) => times(count, () => statement.all()),
      answer: () => statement.all(),
    };
  },
});

function points(db) {
  db.exec(`CREATE TABLE point (id INTEGER PRIMARY KEY, x REAL, y REAL, name TEXT,
      far REAL GENERATED ALWAYS AS (x * x + y * y) STORED);
    CREATE INDEX point_by_expression ON point (lower(name), far) WHERE y > 0`);
  const insert = db.prepare('INSERT INTO point (id, x, y, name) VALUES (?, ?, ?, ?)');
  db.transaction(() => times(3000, (id) => insert.run(id, id / 7, (id % 90) - 45, `Name ${id % 70}`)))();
}

function lines(db) {
  points(db);
  db.exec(`CREATE TABLE line (a INTEGER, b INTEGER, PRIMARY KEY (a, b)) WITHOUT ROWID;
    INSERT INTO line SELECT id, id * 2 FROM point; INSERT INTO line SELECT id, id * 2 + 1 FROM point`);
}

function trigrams(db) {
  points(db);
  db.exec(`CREATE VIRTUAL TABLE grams USING fts5 (name, tokenize = 'trigram');
    CREATE VIRTUAL TABLE stems USING fts3 (name, tokenize = porter);
    INSERT INTO grams SELECT name || ' walking ' || x FROM point;
    INSERT INTO stems SELECT name || ' walking ' || x FROM point`);
}

function shapes(db) {
  points(db);
  db.exec(`CREATE VIRTUAL TABLE shape USING geopoly (label);
    INSERT INTO shape (_shape, label) SELECT geopoly_regular(x, y, 1 + id % 4, 3 + id % 5), id FROM point WHERE id < 900`);
}

export const untrained = {
  mathematics: query(
    'sine, power and logarithm',
    points,
    'SELECT sum(sin(x) * pow(y, 2) + log(x)), max(ceil(x) % 7), sum(degrees(atan2(x, y))) FROM point',
  ),
  'text functions': query(
    'hex, quote, unicode, replace',
    points,
    "SELECT sum(length(hex(name)) + unicode(name)), max(quote(x)), sum(length(replace(trim(name), 'a', char(8364)))) FROM point",
  ),
  'date arithmetic': query(
    'modifiers of dates',
    points,
    "SELECT max(datetime('2020-02-28', '+' || id || ' days', 'start of month', 'weekday 2')), max(timediff('2030-01-01', date(2458000 + id))) FROM point",
  ),
  'outer joins': query(
    'right and full join',
    lines,
    'SELECT count(*), sum(p.x) FROM point p FULL JOIN line l ON l.a = p.id AND l.b % 2 RIGHT JOIN line m ON m.a = l.a AND m.b = l.b',
  ),
  'walk of a tree': query(
    'depth first',
    lines,
    `WITH RECURSIVE walk (id, depth) AS (SELECT 1, 0 UNION ALL SELECT line.b, depth + 1 FROM walk JOIN line ON line.a = walk.id
      WHERE line.b < 3000 ORDER BY 2 DESC) SELECT max(depth), count(*) FROM walk`,
  ),
  'sorted groups': query(
    'filter, ordered group_concat',
    points,
    "SELECT name, count(*) FILTER (WHERE y > 3), group_concat(id, '/' ORDER BY y DESC) FROM point GROUP BY name COLLATE RTRIM",
  ),
  'expression index': query(
    'lookup by an expression',
    points,
    "SELECT id FROM point WHERE lower(name) IN ('name 3', 'name 9') AND y > 0 AND far BETWEEN 100 AND 9000",
  ),
  'trigrams and stems': query(
    'fts5 trigram, fts3 porter',
    trigrams,
    `SELECT rowid, highlight(grams, 0, '<', '>') FROM grams('ame 7')
      UNION ALL SELECT docid, offsets(stems) FROM stems WHERE stems MATCH 'walk name'`,
  ),
  geopoly: query(
    'overlaps of polygons',
    shapes,
    'SELECT count(*), sum(geopoly_area(_shape)) FROM shape WHERE geopoly_overlap(_shape, geopoly_regular(40, 3, 15, 8))',
  ),
  'update from': {
    title: 'update from a join',
    unit: 'statement',
    unitsPerRun: 1,
    setUp: lines,
    prepare(db) {
      const update = db.prepare('UPDATE point SET x = x + line.b % 3 FROM line WHERE line.a = point.id');
      return {
        run: (count) => times(count, () => update.run()),
        answer: () => update.run().changes,
      };
    },
  },
};
