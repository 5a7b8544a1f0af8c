package dev.ratelab.verification.outage;

import dev.ratelab.limiter.redis.RedisAddress;
import dev.ratelab.limiter.redis.launch.RunningRedis;
import java.io.IOException;

/** A Redis of our own, to be broken. */
public final class Server implements AutoCloseable {
  private RunningRedis running;
  private final Admin admin;

  private Server(RunningRedis running) {
    this.running = running;
    admin = new Admin(running.address());
  }

  public static Server start() {
    return new Server(RunningRedis.open("embedded"));
  }

  public RedisAddress address() {
    return running.address();
  }

  Admin admin() {
    return admin;
  }

  /** Ends it as a power cut does. */
  public void kill() throws IOException, InterruptedException {
    admin.kill();
    running.close();
  }

  /** Another one on the same port, which knows nothing. */
  public void startAgain() {
    running = RunningRedis.embeddedOn(address().port());
  }

  @Override
  public void close() {
    running.close();
  }
}
