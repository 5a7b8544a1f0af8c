import { behindHttp, countKeys, namespace, permits, redisUrl, serve, windowMs } from '../adapter.mjs';
import Redis from 'ioredis';
import Koa from 'koa';
import ratelimit from 'koa-ratelimit';

const redis = new Redis(redisUrl);
const app = new Koa();
app.silent = true;
app.use(
  ratelimit({
    driver: 'redis',
    db: redis,
    namespace,
    duration: windowMs,
    max: permits,
    id: (context) => context.query.key,
  }),
);
app.use((context) => {
  context.body = 'admitted';
});

serve('koa-ratelimit', { shared: true }, await behindHttp(app.callback()), () => countKeys(redis));
