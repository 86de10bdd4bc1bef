# Portero as a container: the program, the libraries it loads and nothing else, as a user without rights.
#   docker build --tag portero .
#   docker run --publish 8080:8080 --volume portero:/var/lib/portero portero
# docs/install.md says more.

FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/src/target \
    cargo build --locked --release && packaging/container/assemble target/release/portero /image

FROM scratch
COPY --from=build /image /
COPY --from=build --chown=65532:65532 /image/var/lib/portero /var/lib/portero
ENV PATH=/usr/bin
# Where the commands look for config.toml.
WORKDIR /etc/portero
USER 65532:65532
EXPOSE 8080
VOLUME /var/lib/portero
HEALTHCHECK --interval=30s --timeout=6s --start-period=30s CMD ["portero", "health"]
ENTRYPOINT ["portero"]
CMD ["run"]
