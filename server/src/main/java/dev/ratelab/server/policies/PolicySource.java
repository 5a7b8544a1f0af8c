package dev.ratelab.server.policies;

/** Where policies are kept. One thread at a time may ask. */
interface PolicySource extends AutoCloseable {
  String name();

  /** What is there, equal to what was returned before if nothing changed. Throws if Redis does not answer. */
  Found look();

  /** What was found last is right, and served from now on. */
  default void serves(Found found) {}

  @Override
  default void close() {}

  /** What is there, whether right, wrong, or nothing. */
  interface Found {
    /** Its text. Throws if it is none, or cannot be read. */
    PolicyDocument document() throws ConfigurationException;
  }
}
