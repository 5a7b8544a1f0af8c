package dev.ratelab.bench.throughput;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;

/**
 * What a subject did in a turn.
 *
 * @param perSecond decisions a second, all threads together
 * @param processorMicros processor time of the asking process for a decision
 * @param bytes heap that the asking threads allocated for a decision
 */
record Turn(double perSecond, double processorMicros, double bytes) {
  /** Nothing yet: a worker is ready. */
  static final Turn NONE = new Turn(0, 0, 0);

  void write(DataOutputStream out) throws IOException {
    out.writeBoolean(true);
    out.writeDouble(perSecond);
    out.writeDouble(processorMicros);
    out.writeDouble(bytes);
    out.flush();
  }

  static void failed(DataOutputStream out, String why) throws IOException {
    out.writeBoolean(false);
    out.writeUTF(why);
    out.flush();
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @throws IllegalStateException if the worker failed instead, with its own words
   */
  static Turn read(DataInputStream in) throws IOException {
    if (!in.readBoolean()) {
      throw new IllegalStateException(in.readUTF());
    }
    return new Turn(in.readDouble(), in.readDouble(), in.readDouble());
  }
}
