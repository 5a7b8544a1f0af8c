package dev.ratelab.cli;

import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The root of the command line; every job is a subcommand. */
@Command(
    name = "ratelab",
    description = "A laboratory for rate limiters.",
    mixinStandardHelpOptions = true,
    versionProvider = Ratelab.ManifestVersion.class)
public final class Ratelab implements Runnable {

  @Spec
  private CommandSpec spec;

  private Ratelab() {}

  public static void main(String[] args) {
    System.exit(new CommandLine(new Ratelab()).execute(args));
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Name a command.");
  }

  /** The version the build wrote into the jar, so that it is stated in one place only. */
  static final class ManifestVersion implements IVersionProvider {

    @Override
    public String[] getVersion() {
      String version = Ratelab.class.getPackage().getImplementationVersion();
      return new String[] {"ratelab " + Objects.requireNonNullElse(version, "(not packaged)")};
    }
  }
}
