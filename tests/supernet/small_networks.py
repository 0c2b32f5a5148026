"""Every space with settings that make its published network small."""

SMALL = {
    "dag:1-5x3": {"width": 8},
    "nasbench101": {"channels": 10, "cells": 1},
    "nasbench201": {"channels": 4, "cells": 1},
    "darts": {"channels": 4, "layers": 3},
    "macro": {"channels": 4, "head": 8},
    "transnas": {"channels": 4},
    "transnas:macro": {"channels": 4},
}
