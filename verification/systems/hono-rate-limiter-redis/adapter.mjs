import { behindHttp, countKeys, namespace, permits, redisUrl, serve, windowHeaders, windowMs } from '../adapter.mjs';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { RedisStore, rateLimiter } from 'hono-rate-limiter';
import Redis from 'ioredis';

const redis = new Redis(redisUrl);
// The client as the documentation of RedisStore asks for it.
const client = {
  scriptLoad: (script) => redis.script('LOAD', script),
  evalsha: (sha, keys, values) => redis.evalsha(sha, keys.length, ...keys, ...values),
  decr: (key) => redis.decr(key),
  del: (key) => redis.del(key),
};
const app = new Hono();
app.use(
  rateLimiter({
    windowMs,
    limit: permits,
    standardHeaders: 'draft-6',
    store: new RedisStore({ client, prefix: namespace }),
    keyGenerator: (context) => context.req.query('key'),
  }),
);
app.get('/', (context) => context.text('admitted'));

const ask = await behindHttp(getRequestListener(app.fetch), windowHeaders);
serve('hono-rate-limiter', { shared: true }, ask, () => countKeys(redis));
