const Database = require('ferrolite');

test('rows and errors are of the classes of the test', () => {
  const db = new Database(':memory:');
  expect(db.prepare('SELECT 42 AS x').all()).toStrictEqual([{ x: 42 }]);
  expect(() => db.exec('SELECT')).toThrow(Database.SqliteError);
  expect(() => db.exec(1)).toThrow(TypeError);
  db.close();
});
