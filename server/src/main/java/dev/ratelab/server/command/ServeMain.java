package dev.ratelab.server.command;

/** {@code java -jar ratelab-server.jar}: the serve command by itself. */
public final class ServeMain {

  private ServeMain() {}

  public static void main(String[] args) {
    ErrorExit.install();
    System.exit(PlainErrors.commandLine(new ServeCommand())
        .setCommandName("ratelab-server")
        .execute(args));
  }
}
