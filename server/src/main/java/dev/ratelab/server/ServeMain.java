package dev.ratelab.server;

/** Starts the server from the command line. */
public final class ServeMain {

  private ServeMain() {}

  public static void main(String[] args) {
    System.err.println("The server is not built yet.");
    System.exit(1);
  }
}
