import { permits, serve, windowMs } from '../adapter.mjs';
import Bottleneck from 'bottleneck';

// A job that would have to wait is dropped, so that the queue's answer is a decision.
const group = new Bottleneck.Group({
  reservoir: permits,
  reservoirRefreshAmount: permits,
  reservoirRefreshInterval: windowMs,
  highWater: 0,
  strategy: Bottleneck.strategy.OVERFLOW,
});

const decide = (key, weight) =>
  group
    .key(key)
    .schedule({ weight }, async () => ({ allowed: true }))
    .catch((e) => {
      if (e instanceof Bottleneck.BottleneckError && e.message.includes('dropped')) return { allowed: false };
      throw e;
    });

serve('bottleneck', { cost: true }, decide, () => group.keys().length);
