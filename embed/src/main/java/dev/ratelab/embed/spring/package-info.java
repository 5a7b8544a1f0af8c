/** The servlet filter, configured by Spring Boot. */
@NullMarked
package dev.ratelab.embed.spring;

import org.jspecify.annotations.NullMarked;
