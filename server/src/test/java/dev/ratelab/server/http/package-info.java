@NullMarked
package dev.ratelab.server.http;

import org.jspecify.annotations.NullMarked;
