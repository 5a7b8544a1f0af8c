import { behindHttp, permits, serve, windowHeaders, windowMs } from '../adapter.mjs';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { MemoryStore, rateLimiter } from 'hono-rate-limiter';

const store = new MemoryStore();
const app = new Hono();
app.use(
  rateLimiter({
    windowMs,
    limit: permits,
    standardHeaders: 'draft-6',
    store,
    keyGenerator: (context) => context.req.query('key'),
  }),
);
app.get('/', (context) => context.text('admitted'));

const ask = await behindHttp(getRequestListener(app.fetch), windowHeaders);
serve('hono-rate-limiter', {}, ask, () => store.current.size + store.previous.size);
