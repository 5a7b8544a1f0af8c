import { behindHttp, number, permits, serve, windowMs } from '../adapter.mjs';
import Koa from 'koa';
import ratelimit from 'koa-ratelimit';

const db = new Map();
const app = new Koa();
app.silent = true;
app.use(
  ratelimit({
    driver: 'memory',
    db,
    duration: windowMs,
    max: permits,
    id: (context) => context.query.key,
  }),
);
app.use((context) => {
  context.body = 'admitted';
});

// X-RateLimit-Reset is a moment, in seconds since the epoch.
const told = (headers) => ({
  remaining: number(headers['x-ratelimit-remaining']),
  resetAfterS: Math.max(0, number(headers['x-ratelimit-reset']) - Date.now() / 1000),
  retryAfterS: number(headers['retry-after']),
});

serve('koa-ratelimit', {}, await behindHttp(app.callback(), told), () => db.size);
