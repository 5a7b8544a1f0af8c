import { behindHttp, permits, serve, windowMs } from '../adapter.mjs';
import Koa from 'koa';
import { RateLimit } from 'koa2-ratelimit';

const app = new Koa();
app.silent = true;
app.use(RateLimit.middleware({ interval: windowMs, max: permits, keyGenerator: (context) => context.query.key }));
app.use((context) => {
  context.body = 'admitted';
});

serve('koa2-ratelimit', {}, await behindHttp(app.callback()));
