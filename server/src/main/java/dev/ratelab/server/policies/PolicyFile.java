package dev.ratelab.server.policies;

import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.DurationText;
import dev.ratelab.limiter.FailurePolicy;
import dev.ratelab.limiter.Lease;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.PolicySet;
import dev.ratelab.limiter.Scope;
import dev.ratelab.limiter.ScopedPolicy;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Reads a file of policies: first against the published schema, then what a schema cannot say. Tells all that is wrong in one
 * go, as far as one fault does not hide another.
 */
public final class PolicyFile {
  private static final Schema SCHEMA = SchemaRegistry.withDefaultDialect(
          SpecificationVersion.DRAFT_2020_12)
      .getSchema(schemaText(), InputFormat.JSON);

  private final PolicyDocument yaml;
  private final Duration deadline;
  private final int instances;
  private final Backend backend;
  private final boolean withRedis;
  private final List<ConfigurationFault> faults = new ArrayList<>();

  private PolicyFile(PolicyDocument yaml, Duration deadline, int instances, boolean withRedis) {
    this.yaml = yaml;
    this.deadline = deadline;
    this.instances = instances;
    this.withRedis = withRedis;
    backend = withRedis ? Backend.REDIS : Backend.MEMORY;
  }

  /**
   * Reads what a document says. The deadline and the number of instances are for what it leaves out; without Redis, policies are in memory.
   *
   * @throws ConfigurationException with a line for each fault
   */
  public static Configuration read(
      PolicyDocument document, Duration deadline, int instances, boolean withRedis)
      throws ConfigurationException {
    Set<ConfigurationFault> invalid = violations(document);
    if (!invalid.isEmpty()) {
      throw new ConfigurationException(invalid);
    }
    return new PolicyFile(document, deadline, instances, withRedis).configuration();
  }

  private static Set<ConfigurationFault> violations(PolicyDocument yaml) {
    Set<ConfigurationFault> faults = new LinkedHashSet<>();
    List<Error> errors;
    try {
      errors = SCHEMA.validate(yaml.root());
    } catch (JacksonException e) {
      // The validator reads numbers as long ones, whatever their range.
      return Set.of(yaml.fault("", "a number is out of range; accepted: what the schema says"));
    }
    for (Error error : errors) {
      String pointer = error.getInstanceLocation().toString();
      String property = error.getProperty();
      boolean misplaced = property != null && !"required".equals(error.getKeyword());
      faults.add(
          yaml.fault(misplaced ? pointer + "/" + escaped(property) : pointer, wording(error)));
    }
    return faults;
  }

  /** In our words where the validator's are a regular expression, or leave out what was said. */
  private static String wording(Error error) {
    if (error.getSchemaLocation().toString().endsWith("/duration/pattern")) {
      return "%s is no duration; accepted: a whole number with us, ms, s, m, h or d, such as 10s"
          .formatted(error.getInstanceNode());
    }
    return switch (error.getKeyword()) {
      case "enum" ->
        "%s is not known; accepted: %s"
            .formatted(
                error.getInstanceNode(),
                error
                    .getSchemaNode()
                    .valueStream()
                    .map(JsonNode::asString)
                    .collect(Collectors.joining(", ")));
      case "additionalProperties" -> "there is no '%s' here".formatted(error.getProperty());
      default -> error.getMessage();
    };
  }

  private Configuration configuration() throws ConfigurationException {
    Map<String, ScopedPolicy> policies = new LinkedHashMap<>();
    Map<String, Backend> backends = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : yaml.root().get("policies").properties()) {
      String pointer = "/policies/" + escaped(entry.getKey());
      JsonNode fields = entry.getValue();
      Backend kept = backend(pointer, fields);
      ScopedPolicy policy = noted(pointer, () -> served(policy(entry.getKey(), fields), kept));
      if (policy != null) {
        policies.put(entry.getKey(), policy);
      }
      backends.put(entry.getKey(), kept);
    }
    Set<String> names = backends.keySet();
    List<String> defaults = defaults(names, backends);
    Map<String, Map<String, Limit>> tenants = tenants(policies, backends);
    if (!faults.isEmpty()) {
      throw new ConfigurationException(faults);
    }
    return new Configuration(
        PolicySet.of(policies.values(), defaults, tenants), Map.copyOf(backends), instances());
  }

  private int instances() {
    JsonNode named = yaml.root().get("instances");
    return named == null ? instances : named.intValue();
  }

  private ScopedPolicy policy(String name, JsonNode fields) {
    Policy policy = new Policy(
        name,
        Algorithm.of(text(fields, "algorithm", Algorithm.GCRA.id())),
        limit(fields),
        FailurePolicy.of(text(fields, "on-failure", FailurePolicy.FAIL_CLOSED.id())),
        fields.has("deadline") ? duration(fields, "deadline") : deadline,
        lease(fields.get("lease")));
    return new ScopedPolicy(
        policy,
        Scope.of(text(fields, "per", Scope.KEY.id())),
        fields.has("shadow") && fields.get("shadow").booleanValue());
  }

  private static @Nullable Lease lease(@Nullable JsonNode fields) {
    return fields == null
        ? null
        : Lease.of(fields.get("permits").longValue(), duration(fields, "for"));
  }

  private static ScopedPolicy served(ScopedPolicy scoped, @Nullable Backend kept) {
    if (kept != null) {
      kept.requireServed(scoped.policy());
    }
    return scoped;
  }

  private static Limit limit(JsonNode fields) {
    Limit limit = Limit.of(fields.get("limit").longValue(), duration(fields, "window"));
    if (fields.has("buckets")) {
      limit = limit.withBuckets(fields.get("buckets").intValue());
    }
    return fields.has("burst") ? limit.withBurst(fields.get("burst").longValue()) : limit;
  }

  private static Duration duration(JsonNode fields, String name) {
    return DurationText.parse(fields.get(name).stringValue());
  }

  private static String text(JsonNode fields, String name, String otherwise) {
    return fields.has(name) ? fields.get(name).stringValue() : otherwise;
  }

  private Backend backend(String pointer, JsonNode fields) {
    Backend wanted = Backend.of(text(fields, "backend", backend.id()));
    if (wanted == Backend.REDIS && !withRedis) {
      faults.add(yaml.fault(
          pointer + "/backend", "there is no Redis with --redis none; accepted: memory"));
    }
    return wanted;
  }

  private List<String> defaults(Set<String> names, Map<String, Backend> backends) {
    JsonNode named = yaml.root().get("default");
    if (named == null) {
      if (names.size() > 1) {
        faults.add(yaml.fault(
            "",
            "'default' is missing, which of %s policies decides a request that names none; accepted: %s"
                .formatted(names.size(), String.join(", ", names))));
      }
      return List.copyOf(names);
    }
    List<String> defaults = new ArrayList<>();
    if (named.isString()) {
      defaults.add(named.stringValue());
    } else {
      named.forEach(name -> defaults.add(name.stringValue()));
    }
    for (String name : defaults) {
      requireKnown("/default", name, names);
    }
    if (defaults.stream().map(backends::get).filter(Objects::nonNull).distinct().count() > 1) {
      faults.add(yaml.fault(
          "/default",
          "the policies have different backends; accepted together: policies of one backend"));
    }
    return defaults;
  }

  private Map<String, Map<String, Limit>> tenants(
      Map<String, ScopedPolicy> policies, Map<String, Backend> backends) {
    Map<String, Map<String, Limit>> tenants = new LinkedHashMap<>();
    JsonNode all = yaml.root().get("tenants");
    if (all == null) {
      return tenants;
    }
    for (Map.Entry<String, JsonNode> tenant : all.properties()) {
      Map<String, Limit> limits = new LinkedHashMap<>();
      for (Map.Entry<String, JsonNode> entry : tenant.getValue().properties()) {
        String name = entry.getKey();
        String pointer = "/tenants/" + escaped(tenant.getKey()) + "/" + escaped(name);
        requireKnown(pointer, name, backends.keySet());
        ScopedPolicy policy = policies.get(name);
        Limit limit = noted(pointer, () -> {
          Limit own = limit(entry.getValue());
          return policy == null
              ? own
              : served(policy.withLimit(own), backends.get(name)).policy().limit();
        });
        if (limit != null) {
          limits.put(name, limit);
        }
      }
      tenants.put(tenant.getKey(), limits);
    }
    return tenants;
  }

  private void requireKnown(String pointer, String name, Set<String> names) {
    if (!names.contains(name)) {
      faults.add(yaml.fault(
          pointer, "unknown policy '%s'; accepted: %s".formatted(name, String.join(", ", names))));
    }
  }

  /** What it makes, or null where that was rejected, which is noted as a fault. */
  private <T> @Nullable T noted(String pointer, Supplier<T> maker) {
    try {
      return maker.get();
    } catch (IllegalArgumentException e) {
      faults.add(yaml.fault(pointer, String.valueOf(e.getMessage())));
      return null;
    }
  }

  /** A name as a part of a JSON pointer (RFC 6901). */
  private static String escaped(String name) {
    return name.replace("~", "~0").replace("/", "~1");
  }

  private static String schemaText() {
    try (InputStream in =
        Objects.requireNonNull(PolicyFile.class.getResourceAsStream("policies.schema.json"))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
