package dev.ratelab.limiter;

/** A clock that stands still until a test moves it. */
public final class ManualTime implements TimeSource {
  private volatile long micros;

  public ManualTime(long micros) {
    this.micros = micros;
  }

  @Override
  public long micros() {
    return micros;
  }

  public void set(long newMicros) {
    micros = newMicros;
  }

  public void advance(long by) {
    set(micros + by);
  }
}
