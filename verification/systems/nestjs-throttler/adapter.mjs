import { behindHttp, permits, serve, windowMs } from '../adapter.mjs';
import 'reflect-metadata';
import { Controller, Get, Module } from '@nestjs/common';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import { ThrottlerGuard, ThrottlerModule, ThrottlerStorage } from '@nestjs/throttler';

// TypeScript's decorators, applied by hand.
class CheckController {
  check() {
    return 'admitted';
  }
}
Get()(CheckController.prototype, 'check', Object.getOwnPropertyDescriptor(CheckController.prototype, 'check'));
Controller()(CheckController);

class CheckModule {}
Module({
  imports: [
    ThrottlerModule.forRoot({
      throttlers: [{ ttl: windowMs, limit: permits }],
      getTracker: (request) => request.query.key,
    }),
  ],
  controllers: [CheckController],
  providers: [{ provide: APP_GUARD, useClass: ThrottlerGuard }],
})(CheckModule);

const app = await NestFactory.create(CheckModule, { logger: false });
await app.init();
const storage = app.get(ThrottlerStorage);

serve('@nestjs/throttler', {}, await behindHttp(app.getHttpAdapter().getInstance()), () => storage.storage.size);
