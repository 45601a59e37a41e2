# SPDX-License-Identifier: GPL-3.0-or-later
# A dev chain with everything in it:
#   docker build -t assay .
#   docker run -p 9944:9944 assay

FROM debian:bookworm AS build
SHELL ["/bin/bash", "-euo", "pipefail", "-c"]
RUN apt-get update \
	&& apt-get install -y --no-install-recommends ca-certificates curl git \
	&& rm -rf /var/lib/apt/lists/*
WORKDIR /assay
# What setup.sh looks at comes first, so that a change of the sources does not repeat it.
COPY rust-toolchain.toml ./
COPY scripts/env.sh scripts/setup.sh scripts/
RUN scripts/setup.sh
COPY . .
ENV CARGO_TARGET_DIR=/target
# Without the faults that demo and tests need, and without the tests.
RUN source scripts/env.sh \
	&& cargo build --locked --release -p assay-node -p assay-worker -p assay-cli

FROM debian:bookworm-slim
RUN apt-get update \
	&& apt-get install -y --no-install-recommends ca-certificates libssl3 libstdc++6 \
	&& rm -rf /var/lib/apt/lists/* \
	&& useradd --create-home --home-dir /data assay
COPY --from=build /target/release/assay-node /target/release/assay-worker /target/release/assay /usr/local/bin/
COPY LICENSE /usr/share/doc/assay/
USER assay
WORKDIR /data
VOLUME /data
EXPOSE 9944 30333
ENTRYPOINT ["assay-node"]
CMD ["--dev", "--base-path=/data", "--rpc-external", "--rpc-cors=all", "--state-pruning=archive", "--blocks-pruning=archive"]
