import { zValidator } from '@hono/zod-validator';
import { and, desc, eq, lt } from 'drizzle-orm';
import { Hono, type Context } from 'hono';
import { endTime, startTime } from 'hono/timing';
import { db } from './database.ts';
import { notFound, onInvalid } from './problems.ts';
import {
  activities,
  byId,
  changedOpportunity,
  newActivity,
  newOpportunity,
  opportunities,
  page,
} from './schema.ts';

/** Runs queries, and tells their time in Server-Timing. */
function timed<T>(c: Context, run: () => T): T {
  startTime(c, 'db');
  try {
    return run();
  } finally {
    endTime(c, 'db');
  }
}

export const opportunityRoutes = new Hono()
  .get('/', zValidator('query', page, onInvalid), (c) => {
    const { customer, before, limit } = c.req.valid('query');
    const rows = timed(c, () =>
      db()
        .select()
        .from(opportunities)
        .where(
          and(
            customer === undefined ? undefined : eq(opportunities.customer, customer),
            before === undefined ? undefined : lt(opportunities.id, before),
          ),
        )
        .orderBy(desc(opportunities.id))
        .limit(limit)
        .all(),
    );
    return c.json(rows);
  })

  .post('/', zValidator('json', newOpportunity, onInvalid), (c) => {
    const { note, ...values } = c.req.valid('json');
    // Both or neither. Immediate: the write lock is asked for at once, so that there is nothing to undo if it is taken.
    const row = timed(c, () =>
      db().transaction(
        (tx) => {
          const created = tx.insert(opportunities).values(values).returning().get();
          if (note !== undefined) tx.insert(activities).values({ opportunityId: created.id, note }).run();
          return created;
        },
        { behavior: 'immediate' },
      ),
    );
    return c.json(row, 201, { Location: `${c.req.path.replace(/\/$/, '')}/${row.id}` });
  })

  .get('/:id', zValidator('param', byId, onInvalid), (c) => {
    const { id } = c.req.valid('param');
    const row = timed(c, () => db().select().from(opportunities).where(eq(opportunities.id, id)).get());
    return row === undefined ? notFound() : c.json(row);
  })

  .patch(
    '/:id',
    zValidator('param', byId, onInvalid),
    zValidator('json', changedOpportunity, onInvalid),
    (c) => {
      const { id } = c.req.valid('param');
      const row = timed(c, () =>
        db().update(opportunities).set(c.req.valid('json')).where(eq(opportunities.id, id)).returning().get(),
      );
      return row === undefined ? notFound() : c.json(row);
    },
  )

  .delete('/:id', zValidator('param', byId, onInvalid), (c) => {
    const { id } = c.req.valid('param');
    const { changes } = timed(c, () => db().delete(opportunities).where(eq(opportunities.id, id)).run());
    return changes === 0 ? notFound() : c.body(null, 204);
  })

  .get('/:id/activities', zValidator('param', byId, onInvalid), (c) => {
    const { id } = c.req.valid('param');
    const rows = timed(c, () => db().select().from(activities).where(eq(activities.opportunityId, id)).all());
    return c.json(rows);
  })

  .post(
    '/:id/activities',
    zValidator('param', byId, onInvalid),
    zValidator('json', newActivity, onInvalid),
    (c) => {
      const { id } = c.req.valid('param');
      const { note } = c.req.valid('json');
      // Whether there is such an opportunity is what the foreign key is for.
      const row = timed(c, () =>
        db().insert(activities).values({ opportunityId: id, note }).returning().get(),
      );
      return c.json(row, 201);
    },
  );
