package dev.ratelab.server.policies;

import dev.ratelab.server.http.Rejection;
import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A part of the document of policies that has an address: {@code /policies} is all of it, {@code /policies/NAME} a policy,
 * {@code /policies/NAME/tenants/TENANT} the limit that a tenant has in place of the policy's.
 *
 * @param fields the names that lead to it from the root
 */
record PolicyPath(List<String> fields) {
  private static final String ROOT = "/policies";
  private static final String ACCEPTED =
      "accepted: /policies, /policies/NAME, /policies/NAME/tenants/TENANT";

  /** The part with a path. Rejects with 404 what no part can have, with 400 what is not well-formed. */
  static PolicyPath of(String path) {
    List<String> names =
        List.of(path.split("/", -1)).stream().map(PolicyPath::decoded).toList();
    if (names.size() == 2) {
      return new PolicyPath(List.of());
    }
    if (names.size() == 3) {
      return new PolicyPath(List.of("policies", names.get(2)));
    }
    if (names.size() == 5 && names.get(3).equals("tenants")) {
      return new PolicyPath(List.of("tenants", names.get(4), names.get(2)));
    }
    throw new Rejection(404, "there is no %s; %s".formatted(Rejection.shortened(path), ACCEPTED));
  }

  boolean isAll() {
    return fields.isEmpty();
  }

  /** The name of the policy, where this is one. */
  @Nullable
  String policy() {
    return fields.size() == 2 ? fields.get(1) : null;
  }

  /** What a log calls it: it names the policy, and no tenant. */
  String name() {
    return switch (fields.size()) {
      case 0 -> ROOT;
      case 2 -> ROOT + "/" + fields.get(1);
      default -> ROOT + "/" + fields.get(2) + "/tenants";
    };
  }

  /** What a document has here, or null. */
  @Nullable
  JsonNode in(JsonNode root) {
    JsonNode node = root;
    for (String field : fields) {
      node = node.isObject() ? node.get(field) : null;
      if (node == null) {
        return null;
      }
    }
    return node;
  }

  /** Puts something here. Returns the document, which is changed, or another one in its place. */
  JsonNode put(JsonNode root, JsonNode value) {
    if (isAll()) {
      return value;
    }
    JsonNode node = root;
    for (String field : fields.subList(0, fields.size() - 1)) {
      JsonNode next = object(node).get(field);
      node = next == null ? object(node).putObject(field) : next;
    }
    object(node).set(fields.get(fields.size() - 1), value);
    return root;
  }

  /** Removes what is here, and a tenant that has no limits any more. Returns the document, which is changed. */
  JsonNode removeFrom(JsonNode root) {
    for (int depth = fields.size(); depth > 0; depth--) {
      PolicyPath above = new PolicyPath(fields.subList(0, depth - 1));
      if (above.in(root) instanceof ObjectNode object) {
        object.remove(fields.get(depth - 1));
        if (!object.isEmpty()) {
          break;
        }
      }
    }
    return root;
  }

  private static ObjectNode object(JsonNode node) {
    if (node instanceof ObjectNode object) {
      return object;
    }
    throw new Rejection(
        409, "what is stored is no document of policies; accepted: PUT /policies with If-Match: *");
  }

  private static String decoded(String segment) {
    try {
      // In a path a plus is a plus. Each character is a byte here, so that what is no UTF-8 is
      // seen.
      String bytes = URLDecoder.decode(segment.replace("+", "%2B"), StandardCharsets.ISO_8859_1);
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes.getBytes(StandardCharsets.ISO_8859_1)))
          .toString();
    } catch (IllegalArgumentException | CharacterCodingException e) {
      throw new Rejection(400, "the path is not well-formed UTF-8, percent-encoded; " + ACCEPTED);
    }
  }
}
