from supernet.images.memory import _of_cgroup, _of_meminfo, available_memory


def test_memory_is_what_the_machine_and_the_container_allow():
    assert 1 << 20 < available_memory() < 1 << 50
    assert _of_meminfo("MemTotal: 8 kB\nMemAvailable:    4096 kB\n") == [4 << 20]
    assert (_of_cgroup("max\n"), _of_cgroup("1024\n")) == ([], [1024])
