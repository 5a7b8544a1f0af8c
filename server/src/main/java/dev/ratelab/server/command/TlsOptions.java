package dev.ratelab.server.command;

import dev.ratelab.server.http.Tls;
import io.netty.handler.ssl.ClientAuth;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The options that make a server speak TLS. */
final class TlsOptions {
  @Option(
      names = "--tls-cert",
      paramLabel = "FILE",
      description =
          "Serve over TLS with this certificate and its chain, in PEM. Read anew when it changes.")
  private @Nullable Path certificate;

  @Option(
      names = "--tls-key",
      paramLabel = "FILE",
      description = "Its private key, in PEM (PKCS #8).")
  private @Nullable Path key;

  @Option(
      names = "--tls-key-password-file",
      paramLabel = "FILE",
      description = "What the key is encrypted with.")
  private @Nullable Path keyPasswordFile;

  @Option(
      names = "--tls-client-ca",
      paramLabel = "FILE",
      description = "The authorities whose certificates clients may show, in PEM.")
  private @Nullable Path clientCa;

  @Option(
      names = "--tls-client-auth",
      paramLabel = "none|want|require",
      defaultValue = "none",
      converter = ClientAuthConverter.class,
      description = {
        "Whether clients are asked for a certificate: want takes those that have none, require does not.",
        "Default: ${DEFAULT-VALUE}"
      })
  private ClientAuth clientAuth;

  boolean asksClients() {
    return clientCa != null;
  }

  /** What was said here, or null if nothing was. Throws if some of it makes no sense without what is missing. */
  @Nullable
  Tls read() throws IOException {
    if (certificate == null || key == null) {
      if (certificate != null || key != null || clientCa != null || clientAuth != ClientAuth.NONE) {
        throw new IllegalArgumentException(
            "TLS needs a certificate and its key; accepted: --tls-cert FILE --tls-key FILE");
      }
      return null;
    }
    if ((clientAuth == ClientAuth.NONE) != (clientCa == null)) {
      throw new IllegalArgumentException(
          "client certificates need authorities; accepted: --tls-client-ca FILE --tls-client-auth want|require");
    }
    return new Tls(certificate, key, keyPasswordFile, clientCa, clientAuth, System::nanoTime);
  }

  private static final class ClientAuthConverter implements ITypeConverter<ClientAuth> {
    @Override
    public ClientAuth convert(String text) {
      return switch (text) {
        case "none" -> ClientAuth.NONE;
        case "want" -> ClientAuth.OPTIONAL;
        case "require" -> ClientAuth.REQUIRE;
        default ->
          throw new TypeConversionException(
              "'%s' is no client authentication; accepted: none, want, require".formatted(text));
      };
    }
  }
}
