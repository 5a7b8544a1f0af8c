package dev.ratelab.bench.peer;

import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import org.jspecify.annotations.Nullable;

/** The version that a jar states: Maven's properties in it, or else its manifest. */
final class JarVersion {
  private JarVersion() {}

  /** The version of the jar that a class is from, or null if it states none. */
  static @Nullable String of(Class<?> type) {
    try {
      Path file =
          Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
      if (!Files.isRegularFile(file)) {
        return null;
      }
      try (JarFile jar = new JarFile(file.toFile())) {
        String maven = maven(jar);
        return maven == null ? manifest(jar) : maven;
      }
    } catch (IOException | URISyntaxException e) {
      return null;
    }
  }

  // A jar that carries others carries their properties, too: then none of them can be told to be
  // its own.
  private static @Nullable String maven(JarFile jar) throws IOException {
    List<JarEntry> entries = jar.stream()
        .filter(entry -> entry.getName().matches("META-INF/maven/.*/pom\\.properties"))
        .toList();
    if (entries.size() != 1) {
      return null;
    }
    Properties properties = new Properties();
    try (InputStream in = jar.getInputStream(entries.get(0))) {
      properties.load(in);
    }
    return properties.getProperty("version");
  }

  private static @Nullable String manifest(JarFile jar) throws IOException {
    Manifest manifest = jar.getManifest();
    if (manifest == null) {
      return null;
    }
    Attributes attributes = manifest.getMainAttributes();
    String version = attributes.getValue(Attributes.Name.IMPLEMENTATION_VERSION);
    return version == null ? attributes.getValue("Bundle-Version") : version;
  }
}
