# docker build -t archgraph . && docker run --rm -v "$PWD/demo:/out" archgraph
# runs the demo on the CPU and leaves its report in demo/; `docker run --rm archgraph archgraph --help` is the rest.
FROM python:3.11-slim
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONUNBUFFERED=1
WORKDIR /archgraph
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY archgraph archgraph
COPY encoders encoders
COPY supernet supernet
COPY search search
COPY data data
RUN pip install -c constraints.txt . && useradd --create-home user && install -d -o user /out
USER user
WORKDIR /home/user
CMD ["archgraph", "demo", "-o", "/out"]
