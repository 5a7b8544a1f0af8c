package dev.ratelab.server.command;

import dev.ratelab.server.policies.AdminAccess;
import dev.ratelab.server.policies.AdminToken;
import dev.ratelab.server.policies.ConfigurationException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say who may use the admin API. */
final class AdminOptions {
  @Option(
      names = "--admin-token-file",
      paramLabel = "FILE",
      description = {
        "A file with the bearer token of the admin API, which without one is off. The environment variable",
        AdminToken.VARIABLE + " can hold it instead."
      })
  private @Nullable Path tokenFile;

  @Option(
      names = "--admin-certificate",
      paramLabel = "SUBJECT",
      description = {
        "The subject of the client certificate that may use the admin API without a token, such as CN=ops,O=Acme.",
        "Needs --tls-client-ca."
      })
  private @Nullable String certificate;

  /**
   * Who may, or nobody.
   *
   * @param asksClients whether clients can show certificates
   * @throws IllegalArgumentException if the subject is none, or no client can show a certificate
   * @throws ConfigurationException if the token cannot be used; the message never has it
   */
  Optional<AdminAccess> access(boolean asksClients) throws ConfigurationException {
    if (certificate != null && !asksClients) {
      throw new IllegalArgumentException(
          "--admin-certificate without clients' certificates; accepted: with --tls-client-ca FILE --tls-client-auth want|require");
    }
    return AdminAccess.of(
        AdminToken.find(tokenFile, System.getenv(AdminToken.VARIABLE)), certificate);
  }
}
