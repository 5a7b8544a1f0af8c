package dev.ratelab.server.check;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;

/** The page at {@code /}: one file that needs nothing but {@code /live/events}. */
final class LivePage {
  /** Of this page nothing may load, or be sent, from or to elsewhere. */
  static final String CONTENT_SECURITY_POLICY =
      "default-src 'none'; connect-src 'self'; img-src data:; script-src 'unsafe-inline';"
          + " style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  private static final byte[] HTML = read();

  private LivePage() {}

  static byte[] html() {
    return HTML.clone();
  }

  private static byte[] read() {
    try (InputStream in =
        Objects.requireNonNull(LivePage.class.getResourceAsStream("live.html"), "live.html")) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
