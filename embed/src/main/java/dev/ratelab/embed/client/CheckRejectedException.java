package dev.ratelab.embed.client;

/** The server cannot answer such a check, whenever it is asked: the caller's mistake, not a denial. */
public final class CheckRejectedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int status;

  CheckRejectedException(int status, String detail) {
    super(detail);
    this.status = status;
  }

  /** The HTTP status: 400 to 499. */
  public int status() {
    return status;
  }
}
