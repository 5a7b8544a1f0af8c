package dev.ratelab.server.command;

import java.util.Objects;
import picocli.CommandLine.IVersionProvider;

/** The version the build wrote into the jar, so that it is stated in one place only. */
public final class ManifestVersion implements IVersionProvider {

  @Override
  public String[] getVersion() {
    String version = ManifestVersion.class.getPackage().getImplementationVersion();
    return new String[] {"ratelab " + Objects.requireNonNullElse(version, "(not packaged)")};
  }
}
