"""A Kubernetes of two nodes: fabric8's API mock, and a kubelet that runs pods as processes."""
